// The few words of the page itself, in the languages people may pick.

export const languages = [
  ["en", "English"], ["ru", "Русский"], ["es", "Español"], ["pt-br", "Português (Brasil)"], ["ar", "العربية"],
  ["zh-hans", "简体中文"], ["he", "עברית"], ["fa", "فارسی"],
];

const table = {
  en: { start: "Start", write: "Message", bot: "bot", typing: "typing…", edited: "edited", locked: "Protected", copied: "Copied", hidden: "Tap to show", today: "Today", safe: "No real money", welcome: "Meet your gift shop", hello: "Press Start to open the shop. Everything here is pretend, so buy whatever you like.", blocked: "You have blocked this bot.", unblock: "Unblock", none: "No messages yet", picture: "Picture", enlarge: "Enlarge the picture", close: "Close" },
  ru: { start: "Начать", write: "Сообщение", bot: "бот", typing: "печатает…", edited: "изменено", locked: "Защищено", copied: "Скопировано", hidden: "Нажмите, чтобы открыть", today: "Сегодня", safe: "Без настоящих денег", welcome: "Знакомьтесь: магазин подарков", hello: "Нажмите «Начать», чтобы открыть магазин. Здесь всё понарошку, покупайте что угодно.", blocked: "Вы заблокировали бота.", unblock: "Разблокировать", none: "Сообщений пока нет", picture: "Картинка", enlarge: "Увеличить картинку", close: "Закрыть" },
  es: { start: "Empezar", write: "Mensaje", bot: "bot", typing: "escribiendo…", edited: "editado", locked: "Protegido", copied: "Copiado", hidden: "Toca para ver", today: "Hoy", safe: "Sin dinero real", welcome: "Tu tienda de regalos", hello: "Pulsa Empezar para abrir la tienda. Aquí todo es de prueba: compra lo que quieras.", blocked: "Has bloqueado este bot.", unblock: "Desbloquear", none: "Aún no hay mensajes", picture: "Imagen", enlarge: "Ampliar la imagen", close: "Cerrar" },
  pt: { start: "Começar", write: "Mensagem", bot: "bot", typing: "digitando…", edited: "editada", locked: "Protegida", copied: "Copiado", hidden: "Toque para ver", today: "Hoje", safe: "Sem dinheiro real", welcome: "Sua loja de presentes", hello: "Toque em Começar para abrir a loja. Aqui tudo é de mentira: compre o que quiser.", blocked: "Você bloqueou este bot.", unblock: "Desbloquear", none: "Nenhuma mensagem ainda", picture: "Imagem", enlarge: "Ampliar a imagem", close: "Fechar" },
  ar: { start: "ابدأ", write: "رسالة", bot: "بوت", typing: "يكتب…", edited: "معدّلة", locked: "محمية", copied: "تم النسخ", hidden: "اضغط للإظهار", today: "اليوم", safe: "بلا نقود حقيقية", welcome: "متجر الهدايا بين يديك", hello: "اضغط «ابدأ» لفتح المتجر. كل شيء هنا للتجربة، فاشترِ ما تشاء.", blocked: "لقد حظرت هذا البوت.", unblock: "إلغاء الحظر", none: "لا رسائل بعد", picture: "صورة", enlarge: "تكبير الصورة", close: "إغلاق" },
  zh: { start: "开始", write: "消息", bot: "机器人", typing: "正在输入…", edited: "已编辑", locked: "受保护", copied: "已复制", hidden: "点按显示", today: "今天", safe: "非真实资金", welcome: "欢迎来到礼品店", hello: "点按“开始”进入商店。这里的一切都是演示，尽管购买。", blocked: "你已屏蔽此机器人。", unblock: "取消屏蔽", none: "暂无消息", picture: "图片", enlarge: "放大图片", close: "关闭" },
};

export const isRTL = (code) => ["ar", "he", "fa", "ur"].includes((code || "").slice(0, 2));
export const words = (code) => table[(code || "en").slice(0, 2)] || table.en;
